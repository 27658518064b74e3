// Runs a command of this repository on a machine that may have nothing but some Node (18 or newer) and npm: brings the
// right Node and pnpm, installs what is missing, then hands over. Plain JavaScript, no dependencies.
//
// This file only finds out whether Node can read the rest, so it keeps to what Node 12 knows.
const OLDEST_NODE = 18;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(
    'This is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '), which is too old to start anything here.\n' +
      'Install Node 24, or any from ' +
      OLDEST_NODE +
      ' on with npm, which then gets the right one by itself: https://nodejs.org',
  );
  process.exitCode = 1;
} else {
  import('./bootstrap/main.mjs')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((status) => {
      process.exitCode = status;
    });
}
