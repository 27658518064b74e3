export const HELP = `Generates clients of the API reference, and compiles each with a small program that uses it:

  TypeScript, by openapi-typescript
  Go, by oapi-codegen                 needs go
  Go, by openapi-generator            needs go, java, mvn
  Python, by openapi-python-client    needs python3

  npm run test:clients

The generators come from their registries; a client whose programs are not on PATH is left out, and named.
Ends with the line "N passed, N failed"; exit status 1 if any failed.`;
