// Posts a line to a chat for each approval and rejection, and for whatever was decided past the gateway. See README.md.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-sse';

const { REGISTRAR_URL = 'http://127.0.0.1:4000/graphql', REGISTRAR_TOKEN, CHAT_WEBHOOK_URL } = process.env;
const CURSOR_FILE = process.env.CURSOR_FILE ?? 'chat-notifier.cursor';

const CHANGES = `subscription ($after: String) {
  item: modelVersionStatusChanged(after: $after) {
    ... on JournalItem { cursor }
    ... on ModelVersionStatusChanged { modelVersionId previousStatus status outOfBand actor { name nativeId } }
    ... on JournalGap { missedFrom missedUntil }
  }
}`;

/** Null: nothing to tell, as of a checkpoint or a version that was just registered. */
function lineOf({ modelVersionId, previousStatus, status, outOfBand, actor, missedFrom, missedUntil }) {
  if (missedUntil) return `:warning: Changes from ${missedFrom ?? 'some time'} until ${missedUntil} are missing here.`;
  if (!status || (status === 'PENDING' && !outOfBand)) return null;
  const by = actor?.name ?? actor?.nativeId ?? 'somebody';
  const line = `${modelVersionId}: ${previousStatus ?? 'new'} → ${status} by ${by}`;
  return outOfBand ? `:rotating_light: ${line}, past the gateway` : line;
}

async function post(line) {
  // Names are other people's text: none of it may call a channel or make a link.
  const text = line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) };
  const { ok, status } = await fetch(CHAT_WEBHOOK_URL, { ...request, signal: AbortSignal.timeout(10_000) });
  if (!ok) throw new Error(`The chat answered ${status}.`);
}

async function keep(cursor) {
  await writeFile(`${CURSOR_FILE}.new`, cursor, { flush: true });
  await rename(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

const client = createClient({
  url: `${REGISTRAR_URL}/stream`,
  headers: REGISTRAR_TOKEN ? { Authorization: `Bearer ${REGISTRAR_TOKEN}` } : {},
  retryAttempts: 0, // It would begin where it began; this begins after what was told.
});
for (;;) {
  try {
    const after = await readFile(CURSOR_FILE, 'utf8').catch(() => null);
    for await (const { data, errors } of client.iterate({ query: CHANGES, variables: { after } })) {
      if (!data?.item) throw new Error(JSON.stringify(errors));
      const line = lineOf(data.item);
      if (line) await post(line);
      await keep(data.item.cursor);
    }
  } catch (error) {
    process.stderr.write(`${error}\n`);
  }
  await sleep(1000);
}
