import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';

const QUERY = '{ registries { id completeThrough health { status problem { message } } } }';
const TIMEOUT_MS = 30_000;
const POLL_MS = 200;

const health = z.object({ status: z.string(), problem: z.object({ message: z.string() }).nullable() });
const answer = z.object({
  data: z.object({ registries: z.array(z.object({ id: z.string(), completeThrough: z.string().nullable(), health })) }),
});

/**
 * Waits until the gateway has found every registry up, which it looks at less and less often while it does not answer, and has looked through each of
 * them since `seededAt`: whoever asks now gets what was seeded.
 */
export async function untilRegistriesAreUp(gateway: string, seededAt: string): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const late = (await registries(gateway)).filter(
      ({ health: { status }, completeThrough }) => status !== 'UP' || (completeThrough ?? '') < seededAt,
    );
    if (late.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`Not up after ${TIMEOUT_MS / 1000} s:\n${late.map(describe).join('\n')}`);
    await sleep(POLL_MS);
  }
}

async function registries(gateway: string) {
  const response = await fetch(`${gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  return answer.parse(await response.json()).data.registries;
}

function describe({ id, health: { status, problem } }: z.output<typeof answer>['data']['registries'][number]): string {
  return `  ${id} is ${status}: ${problem?.message ?? 'it was not read as a whole yet'}`;
}
