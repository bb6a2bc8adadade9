# The worker and the command in one image. Built in two stages: compilers stay behind.
FROM node:24.21-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY packages ./packages
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
RUN npm run build

FROM node:24.21-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
COPY --from=build /src/packages ./packages
# Scripts are not needed: dist is copied, and Postgres runs elsewhere.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY --from=build /src/dist ./dist
COPY bin ./bin
COPY legwork.yaml LICENSE ./
RUN chmod 0755 bin/legwork.mjs && ln -s /app/bin/legwork.mjs /usr/local/bin/legwork
# The simulated gateway keeps its state here; a volume takes over the owner.
RUN mkdir /data && chown node:node /data
USER node
# SIGTERM: watches hand over, orders in flight are settled, the lease is given back.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/legwork.mjs"]
CMD ["worker"]
