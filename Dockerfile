# syntax=docker/dockerfile:1
# The server in a container: built from a clean tree with the packages that ./dev install build lists, then only
# the binary and the libraries it runs on. The image holds no secret; docker-compose.yml shows what it is given.
FROM debian:12-slim AS build
WORKDIR /src
COPY dev ./
COPY tests/dev/ tests/dev/
RUN ./dev install --yes build
COPY CMakeLists.txt ./
COPY server/ server/
COPY protocol/ protocol/
COPY web/ web/
COPY migrations/ migrations/
RUN cmake -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo && cmake --build build --target gachapon

FROM debian:12-slim
# libwebsockets-evlib-ev is opened at run time: the linker does not know of it. openssl makes the keys of a try-out.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates openssl libwebsockets17 libwebsockets-evlib-ev libev4 libpq5 libmsgpackc2 libjwt0 \
        libcurl4 libssl3 libjansson4 libsodium23 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin gachapon
COPY --from=build /src/build/gachapon /usr/local/bin/gachapon
USER gachapon
EXPOSE 8480 8483
# 8481 is the internal port: health, metrics, Keycloak's back channel. Do not publish it to the world.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["gachapon", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["gachapon"]
CMD ["serve"]
