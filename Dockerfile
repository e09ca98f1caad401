# Pinned by tag; production pins the digest too: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /opt/bailiwick
COPY package.json package-lock.json .npmrc ./
# As the launcher installs, and with its stamp, so that it finds nothing left to do.
RUN npm install --no-save --ignore-scripts --no-audit --no-fund --omit=dev \
  && cp package-lock.json node_modules/.bailiwick-prod

FROM ${NODE_IMAGE} AS console
WORKDIR /opt/bailiwick
COPY console console
COPY sdk sdk
RUN sh console/build.sh /opt/bailiwick/.runtime/console

FROM ${NODE_IMAGE}
WORKDIR /opt/bailiwick
COPY --from=packages /opt/bailiwick/node_modules node_modules
COPY --from=console /opt/bailiwick/.runtime/console .runtime/console
COPY bailiwick package.json package-lock.json LICENSE ./
COPY console console
COPY examples examples
COPY verifier verifier
COPY sdk sdk
COPY src src
# Two volumes: whoever copies the data must not have the keys with it.
RUN install -d -o node -g node -m 0700 /var/lib/bailiwick/data /var/lib/bailiwick/keys
ENV NODE_ENV=production \
  BAILIWICK_NODE=/usr/local/bin/node \
  BAILIWICK_CONFIG=/etc/bailiwick/documents \
  BAILIWICK_DATA=/var/lib/bailiwick/data \
  BAILIWICK_KEYS=/var/lib/bailiwick/keys \
  NODE_COMPILE_CACHE=/tmp/compile-cache
USER node
VOLUME ["/var/lib/bailiwick/data", "/var/lib/bailiwick/keys"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:7081/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/opt/bailiwick/bailiwick"]
CMD ["up", "--no-demo"]
