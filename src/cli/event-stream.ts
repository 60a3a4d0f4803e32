/** One event of a `text/event-stream`. */
export interface StreamEvent {
  /** Null where it has none. */
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Reads a `text/event-stream` as the HTML standard has it; comments, which keep the connection alive, are left out. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  let id: string | null = null;
  let event = '';
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0 || event !== '') yield { id, event: event || 'message', data: data.join('\n') };
      [id, event, data] = [null, '', []];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
}

/** Lines that have ended; what a broken connection has left without an end is no line. */
async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    // A carriage return at the very end may be the first half of a line break.
    const whole = /^(.*)(\r?\n|\r(?!$))/s.exec(rest)?.[0] ?? '';
    rest = rest.slice(whole.length);
    const lines = whole.split(/\r\n|\n|\r/);
    lines.pop();
    yield* lines;
  }
}
