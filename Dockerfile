# The images of docker-compose.yml, one target each: gateway, aws, mlflow, dynamodb-local. Needs BuildKit (Docker 23 or newer).

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without install scripts: all that they would do is fetch a Node for machines that have an older one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
COPY schema schema
COPY adapters adapters
COPY sandbox sandbox
RUN node_modules/.bin/tsc -p tsconfig.json

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim AS gateway
LABEL org.opencontainers.image.title="Registrar" \
      org.opencontainers.image.description="One live GraphQL graph over every ML model registry a company runs." \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/dist/src /app/dist/src
COPY --from=build /app/dist/schema /app/dist/schema
COPY --from=build /app/dist/adapters /app/dist/adapters
# A new volume takes its owner from the folder that it is mounted on.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/registrar
USER node
# Where every command looks for registrar.yaml.
WORKDIR /etc/registrar
EXPOSE 4000
ENTRYPOINT ["node", "/app/dist/src/cli/bin.js"]
CMD ["serve"]

# What `npm start` puts into its virtual environment. Wheels only: the image has no compiler.
FROM python:3.11.14-slim-bookworm AS python
COPY sandbox/requirements.lock /opt/requirements.lock
RUN pip install --require-hashes --only-binary=:all: --no-cache-dir --disable-pip-version-check -r /opt/requirements.lock
RUN useradd --uid 10001 --no-create-home registrar

FROM python AS aws
LABEL org.opencontainers.image.title="Registrar: AWS emulator" \
      org.opencontainers.image.description="moto's server with Registrar's extension of its SageMaker model registry, for trying things out." \
      org.opencontainers.image.licenses="Apache-2.0"
COPY sandbox/aws_emulator /app/aws_emulator
ENV PYTHONPATH=/app
USER registrar
EXPOSE 4566
ENTRYPOINT ["python"]
CMD ["-m", "aws_emulator", "--host", "0.0.0.0"]

FROM python AS mlflow
LABEL org.opencontainers.image.title="Registrar: MLflow server" \
      org.opencontainers.image.description="MLflow's own server at the version that Registrar is tested with, for trying things out." \
      org.opencontainers.image.licenses="Apache-2.0"
# The key encrypts the secrets of webhooks in the database and is needed as long as the database lives; MLflow would make another one at each start.
COPY --chmod=0755 <<"EOF" /usr/local/bin/with-webhook-key
#!/bin/sh
set -eu
key=/data/webhook.key
if [ ! -s "$key" ]; then
  (umask 077; python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())' > "$key.new")
  mv "$key.new" "$key"
fi
MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY="$(cat "$key")"
export MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY
exec "$@"
EOF
RUN install --directory --owner=registrar --group=registrar --mode=0700 /data
USER registrar
WORKDIR /data
EXPOSE 5000
ENTRYPOINT ["with-webhook-key", "python"]
CMD ["-m", "mlflow", "server", "--host", "0.0.0.0", "--port", "5000"]

# Amazon's image as it is, but for a folder that its user may write to: a volume would belong to root.
FROM amazon/dynamodb-local:2.6.1 AS dynamodb-local
LABEL org.opencontainers.image.title="Registrar: DynamoDB Local" \
      org.opencontainers.image.description="Amazon's DynamoDB Local with a folder for its data, for trying things out."
USER root
RUN mkdir /data && chown dynamodblocal /data
USER dynamodblocal
EXPOSE 8000
