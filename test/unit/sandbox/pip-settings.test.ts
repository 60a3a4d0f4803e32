import { describe, expect, it } from 'vitest';
import { readPipConfig } from '../../../sandbox/pip-settings.js';

describe('the configuration of pip', () => {
  it('is read as pip ranks it: environment over a command over all commands', () => {
    const listing = [
      ":env:.cert='/etc/ssl/company.pem'",
      "global.cert='/etc/ssl/other.pem'",
      "global.index-url='https://mirror.example.com/simple?a=b'",
      "install.index-url='https://install.example.com/simple'",
      "install.trusted-host='a.example.com\\nb.example.com'",
      "freeze.timeout='10'",
      '',
    ].join('\n');
    expect(Object.fromEntries(readPipConfig(listing))).toEqual({
      cert: '/etc/ssl/company.pem',
      'index-url': 'https://install.example.com/simple',
      'trusted-host': 'a.example.com\\nb.example.com',
    });
  });

  it('may be empty', () => {
    expect(readPipConfig('').size).toBe(0);
  });
});
