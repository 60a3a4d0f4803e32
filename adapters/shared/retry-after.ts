/** What a `Retry-After` header asks for: seconds, or a date. */
export function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '').trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
