# syntax=docker/dockerfile:1
# Tidings with its Envoy: non-root, nothing is written outside /var/lib/tidings and /tmp. Build from the root of the tree:
#   make release && docker build -t tidings .
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY requirements.lock LICENSE ./
COPY dist dist
COPY deploy/image deploy/image
RUN deploy/image/build.sh /out

FROM python:3.13-slim-bookworm
COPY --from=build --chown=65532:65532 /out/var/lib/tidings /var/lib/tidings
COPY --from=build /out/opt/tidings /opt/tidings
COPY --from=build /out/usr/share/doc/tidings /usr/share/doc/tidings
ENV PATH=/opt/tidings/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TIDINGS_DATA_DIR=/var/lib/tidings \
    TIDINGS_HTTP_HOST=0.0.0.0 \
    TIDINGS_GRPC_HOST=0.0.0.0 \
    TIDINGS_METRICS_HOST=0.0.0.0 \
    TIDINGS_DEMO=false
USER 65532:65532
VOLUME /var/lib/tidings
EXPOSE 8080 50051 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/opt/tidings/bin/python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["tidings-server"]
CMD ["run"]
