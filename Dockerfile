# JupyterLab with the course; docker-compose.yml adds its servers.
FROM python:3.12-slim

RUN useradd --create-home course \
    && mkdir -p /course/my-course /home/course/progress \
    && chown -R course:course /course /home/course/progress
WORKDIR /course

COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock

COPY --chown=course:course . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

USER course
ENV JUPYTER_CONFIG_PATH=/course/app/lab/machine/jupyter
EXPOSE 8888
# The learner's copy of the course is in a volume, so that a new image brings it up to date.
# 0.0.0.0 inside the container; compose publishes the port only on the loopback interface.
CMD course update && exec python -m jupyterlab --ip=0.0.0.0 --port=8888 --no-browser \
    --ServerApp.root_dir=/course/my-course \
    --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb
