// At run time these need neither of their optional peers; kept, images would carry Prisma's command line and a compiler,
// with what those depend on: 250 MB.
const UNUSED_PEERS = { '@prisma/client': ['prisma', 'typescript'], valibot: ['typescript'] };

function readPackage(manifest) {
  for (const peer of UNUSED_PEERS[manifest.name] ?? []) {
    delete manifest.peerDependencies?.[peer];
    delete manifest.peerDependenciesMeta?.[peer];
  }
  return manifest;
}

module.exports = { hooks: { readPackage } };
