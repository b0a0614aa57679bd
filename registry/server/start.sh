#!/bin/sh
# Starts the model server of a lab in the foreground; settings come from the environment, see server.env.
set -eu
: "${MLFLOW_AUTH_CONFIG_PATH:?names no auth.ini; see docs/guides/lab-server.md}"
: "${MLFLOW_FLASK_SERVER_SECRET_KEY:?is not set; make one with: openssl rand -hex 32}"
: "${NANOSIEVE_SERVER_STORE:?names no database; write postgresql://... or sqlite:////...}"
: "${NANOSIEVE_SERVER_ARTIFACTS:?names no place for files; write s3://BUCKET/... or a folder}"
# Jobs would start eight more processes that models do not need.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_DISABLE_TELEMETRY=true
if [ -n "${NANOSIEVE_SERVER_HOSTS:-}" ]; then
  set -- --allowed-hosts "$NANOSIEVE_SERVER_HOSTS" "$@"
fi
exec mlflow server --app-name basic-auth --workers "${NANOSIEVE_SERVER_WORKERS:-1}" \
  --backend-store-uri "$NANOSIEVE_SERVER_STORE" --artifacts-destination "$NANOSIEVE_SERVER_ARTIFACTS" \
  --host "${NANOSIEVE_SERVER_ADDRESS:-127.0.0.1}" --port "${NANOSIEVE_SERVER_PORT:-5000}" "$@"
