import * as z from 'zod';

/** The address of an upstream. It is shown to clients as the registry's location, so nothing secret may stand in it. */
export const baseUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isBareUrl, 'A base URL without credentials, query or fragment; credentials have options of their own.');

function isBareUrl(text: string): boolean {
  const url = URL.parse(text);
  // What is no URL at all has been reported as such.
  return url === null || (url.username === '' && url.password === '' && url.search === '' && url.hash === '');
}
