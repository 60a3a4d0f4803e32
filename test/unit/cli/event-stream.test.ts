import { describe, expect, it } from 'vitest';
import { readEvents, type StreamEvent } from '../../../src/cli/event-stream.js';

async function read(...chunks: readonly string[]): Promise<StreamEvent[]> {
  const bytes = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk, 'latin1');
  })();
  const events: StreamEvent[] = [];
  for await (const event of readEvents(bytes)) events.push(event);
  return events;
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

describe('an event stream', () => {
  const whole = utf8('id: 7\nevent: next\ndata: {"é":"😀"}\n\n');
  const event = { id: '7', event: 'next', data: '{"é":"😀"}' };

  it('is read however it is cut', async () => {
    expect(await read(whole)).toEqual([event]);
    expect(await read(...whole)).toEqual([event]);
    expect(await read(...whole.replaceAll('\n', '\r\n'))).toEqual([event]);
    expect(await read(whole + whole.slice(0, -1)), 'what has no end is no event').toEqual([event]);
  });

  it.each([
    [':\n\n:\n\n', []],
    ['event: complete\ndata: \n\n', [{ id: null, event: 'complete', data: '' }]],
    [
      'data:a\ndata: b\n\ndata\n\n',
      [
        { id: null, event: 'message', data: 'a\nb' },
        { id: null, event: 'message', data: '' },
      ],
    ],
    ['retry: 5\nid: 1\r\rdata: c\r\rx', [{ id: null, event: 'message', data: 'c' }]],
    ['data: a: b\n\n', [{ id: null, event: 'message', data: 'a: b' }]],
  ])('%j', async (text, events) => {
    expect(await read(text)).toEqual(events);
    expect(await read(...text)).toEqual(events);
  });
});
