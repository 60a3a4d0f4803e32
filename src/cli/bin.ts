#!/usr/bin/env node
// This file alone is read by whatever Node a person has: nothing newer than Node 18 may stand in it.
const major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  process.stderr.write(
    `registrar needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      'In a checkout run `npm start`, or `npx registrar …`: both use the Node that the project brings along.\n',
  );
  process.exitCode = 1;
} else {
  const { main } = await import('./main.js');
  process.exitCode = await main(process.argv.slice(2));
}
