# Two targets: `docker build --target server .` and `--target actions .`
# Both run without root, without TensorFlow, and on a read-only file system.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app PATH=/app/.venv/bin:$PATH
WORKDIR /app
RUN groupadd --gid 10001 clinic && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin clinic

FROM base AS builder
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock .python-version ./

FROM builder AS server-build
RUN uv sync --frozen --no-dev --no-cache
COPY . .
# The model is trained where it is served, by the same versions.
RUN python -m bot train && rm -f models/train.log

FROM builder AS actions-build
RUN uv sync --frozen --only-group actions --no-cache

FROM base AS server
COPY --from=server-build --chown=root:root /app/.venv .venv
COPY --from=server-build --chown=root:root /app/models models
COPY bot bot
COPY data data
COPY config.yml domain.yml endpoints.yml credentials.yml credentials.messaging.yml ./
USER 10001:10001
ENV HOST=0.0.0.0 PORT=5005 MPLCONFIGDIR=/tmp
EXPOSE 5005
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5005/health', timeout=2)"]
CMD ["python", "-m", "bot", "server"]

FROM base AS actions
COPY --from=actions-build --chown=root:root /app/.venv .venv
COPY bot bot
COPY actions actions
USER 10001:10001
ENV ACTIONS_HOST=0.0.0.0 ACTIONS_PORT=5055
EXPOSE 5055
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:5055/health', timeout=2)"]
CMD ["python", "-m", "bot", "actions"]
