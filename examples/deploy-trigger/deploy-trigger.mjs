// Runs a command, or calls a URL, when a version of a model becomes APPROVED. Needs nothing but Node. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';

const { REGISTRAR_URL = 'http://127.0.0.1:4000/graphql', REGISTRAR_TOKEN, MODEL = '*' } = process.env;
const { DEPLOY_COMMAND, DEPLOY_URL, CURSOR_FILE = 'deploy-trigger.cursor' } = process.env;

const APPROVALS = `subscription ($model: String!) {
  item: modelVersionStatusChanged(filter: { to: [APPROVED], modelName: { matches: $model } }) {
    ... on JournalItem { cursor }
    ... on ModelVersionStatusChanged { id modelVersionId outOfBand modelVersion { approvalStatus } }
    ... on JournalGap { missedFrom missedUntil }
  }
}`;

async function deploy({ id, modelVersionId }) {
  if (DEPLOY_COMMAND) {
    const env = { ...process.env, CHANGE_ID: id, MODEL_VERSION_ID: modelVersionId };
    const [code] = await once(spawn(DEPLOY_COMMAND, { shell: true, stdio: 'inherit', env }), 'exit');
    if (code !== 0) throw new Error(`The command for ${modelVersionId} exited with ${code}.`);
  }
  if (DEPLOY_URL) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': id };
    const answer = await fetch(DEPLOY_URL, { method: 'POST', headers, body: JSON.stringify({ id, modelVersionId }) });
    if (!answer.ok) throw new Error(`${new URL(DEPLOY_URL).origin} answered ${answer.status} for ${modelVersionId}.`);
  }
}

async function handle(item) {
  if (item.missedUntil) process.emitWarning(`Approvals from ${item.missedFrom} until ${item.missedUntil} are missing.`);
  // Nothing that nobody has decided here, and nothing that is not approved any more by now.
  if (item.outOfBand === false && item.modelVersion?.approvalStatus === 'APPROVED') await deploy(item);
  await writeFile(`${CURSOR_FILE}.new`, item.cursor, { flush: true });
  await rename(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

async function listen() {
  const cursor = await readFile(CURSOR_FILE, 'utf8').catch(() => '');
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream', 'last-event-id': cursor };
  if (REGISTRAR_TOKEN) headers.authorization = `Bearer ${REGISTRAR_TOKEN}`;
  const body = JSON.stringify({ query: APPROVALS, variables: { model: MODEL } });
  const response = await fetch(`${REGISTRAR_URL}/stream`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${await response.text()}`);
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split('\n\n');
    rest = events.pop();
    for (const [, json] of events.flatMap((event) => [...event.matchAll(/^data: (.+)$/gm)])) {
      const { data, errors } = JSON.parse(json);
      if (!data?.item) throw new Error(JSON.stringify(errors));
      await handle(data.item);
    }
  }
}

for (;;) {
  await listen().catch((error) => process.emitWarning(error));
  await new Promise((resolve) => setTimeout(resolve, 1000));
}
