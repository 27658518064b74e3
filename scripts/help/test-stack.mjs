export const HELP = `Tries the container stack for real: builds the images, starts docker-compose.yml with the local Stripe, buys a
ticket through Traefik over HTTPS, adds replicas, stops and kills them under load, kills what the services need, restarts
with the data kept, and takes everything down, volumes too.

  npm run test:stack
  npm run test:stack -- --keep    leaves it running, to look at: its address and its end are printed

It is a compose project of its own on free ports, so a stack that runs here is not touched; images get the tag "test".
Needs a Docker engine with the compose plugin, and some minutes. Ends with the line "N passed, N failed"; exit status 1 if
any failed.`;
