# One recipe for all images. An app: `docker build --build-arg PACKAGE=apps/orders-service .`; the targets `migrate`
# (PACKAGE=packages/database) and `local-stripe` (PACKAGE=packages/testing) are tools. docker-compose.yml names them all.

ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS toolchain
ENV CI=1 DO_NOT_TRACK=1 TURBO_TELEMETRY_DISABLED=1 CHECKPOINT_DISABLE=1 npm_config_update_notifier=false
# Otherwise pnpm would fetch and run the very version that package.json names.
ENV npm_config_manage_package_manager_versions=false
RUN npm install --global --no-audit --no-fund --no-update-notifier pnpm@10.34.9 turbo@2.11.11
WORKDIR /repo

# What a package is made of: json/ gets the manifests, full/ the sources, of it and of those that it uses.
FROM toolchain AS pruned
ARG PACKAGE=apps/gateway
COPY . .
RUN turbo prune "@ticketing/${PACKAGE##*/}" --docker --out-dir=/pruned

# The two installations are cached for as long as no manifest that concerns the package changes.
FROM toolchain AS manifests
COPY --from=pruned /pruned/json/ ./
# Installing needs both, and neither counts as a manifest. It runs no scripts: the one of this repository sets up git,
# and no package that is used in an image needs its own.
COPY packages/kafka/patches packages/kafka/patches
COPY .pnpmfile.cjs ./

FROM manifests AS build
ARG PACKAGE=apps/gateway
RUN --mount=type=cache,id=pnpm,target=/pnpm \
  pnpm install --frozen-lockfile --ignore-scripts --store-dir /pnpm --filter "@ticketing/${PACKAGE##*/}..."
COPY --from=pruned /pruned/full/ ./
COPY tsconfig.base.json ./
COPY scripts/build-app.ts scripts/
COPY scripts/build/ scripts/build/
# The build script's bundler is the package's.
RUN ln -s "../$PACKAGE/node_modules" scripts/node_modules \
  && pnpm --filter "@ticketing/${PACKAGE##*/}..." --if-present run generate \
  && pnpm --filter "@ticketing/${PACKAGE##*/}" run build

# What runs: npm packages of the package itself (ours are in its bundle), without what only builds or explains them.
FROM manifests AS dependencies
ARG PACKAGE=apps/gateway
RUN --mount=type=cache,id=pnpm,target=/pnpm \
  pnpm install --prod --frozen-lockfile --ignore-scripts --store-dir /pnpm --filter "@ticketing/${PACKAGE##*/}" \
  && rm -rf "$PACKAGE/node_modules/@ticketing" "$PACKAGE/node_modules/.bin" node_modules/.bin node_modules/.modules.yaml \
  && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete \
  # Prisma brings a query compiler for every database that it knows.
  && find node_modules -type f -name 'query_compiler_*' ! -name '*.postgresql.*' -delete

FROM ${NODE_IMAGE} AS runtime
ARG PACKAGE=apps/gateway
ENV NODE_ENV=production
WORKDIR /app/$PACKAGE
COPY --from=dependencies /repo/node_modules /app/node_modules
COPY --from=dependencies /repo/$PACKAGE/ ./
COPY --from=build /repo/$PACKAGE/dist dist
COPY docker/health.mjs /app/
# A volume that is mounted here gets this owner.
RUN install -d -o node -g node /data /data/mail
USER node

FROM runtime AS migrate
COPY apps/gateway/prisma /app/apps/gateway/prisma
COPY apps/events-service/prisma /app/apps/events-service/prisma
COPY packages/order-core/prisma /app/packages/order-core/prisma
ENTRYPOINT ["node", "--enable-source-maps", "dist/migrate-cli.js", "--root", "/app"]

FROM runtime AS local-stripe
ENV PORT=12111
EXPOSE $PORT
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s CMD ["node", "/app/health.mjs", "/_local/delivery"]
ENTRYPOINT ["node", "--enable-source-maps", "dist/local-stripe-cli.js", "--host=0.0.0.0", "--file=/data/local-stripe.json"]

FROM runtime AS app
ARG PORT=3000
# Of V8's young generation, see scripts/start/node-arguments.ts.
ARG SEMI_SPACE_MB=16
ENV HOST=0.0.0.0 PORT=$PORT METRICS_HOST=0.0.0.0 NODE_OPTIONS=--max-semi-space-size=$SEMI_SPACE_MB
EXPOSE $PORT
# Alive, not ready: a database that is away must not take away those who answer 503 meanwhile.
HEALTHCHECK --interval=5s --timeout=4s --start-period=20s CMD ["node", "/app/health.mjs", "/health/live"]
# Node as process 1 gets the signals itself, and closes on SIGTERM.
CMD ["node", "--import", "./dist/preload.js", "dist/main.js"]
