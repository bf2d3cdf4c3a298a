# The server, with its console. Node comes from a Python wheel during the build and stays behind in its stage.
FROM python:3.12-slim AS build
WORKDIR /source
COPY pyproject.toml build_hook.py constraints.txt README.md LICENSE ./
COPY agents_ui agents_ui
COPY config config
COPY routing routing
COPY callcenter callcenter
RUN pip wheel --no-cache-dir --constraint constraints.txt --wheel-dir /wheels .

FROM python:3.12-slim
# The group's number is that of Dockerfile.asterisk, too: Asterisk reads its configuration by it.
RUN groupadd --gid 10001 callcenter \
 && useradd --uid 10001 --gid callcenter --home-dir /var/lib/callcenter --create-home callcenter \
 && install --directory --owner callcenter --group callcenter --mode 0750 /asterisk
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels callcenter
USER callcenter
WORKDIR /var/lib/callcenter
VOLUME /var/lib/callcenter
EXPOSE 8080
ENTRYPOINT ["callcenter"]
CMD ["serve"]
