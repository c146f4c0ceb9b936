# JupyterLab with the course; docker-compose.yml adds its servers.
FROM python:3.12-slim

RUN useradd --create-home course \
    && mkdir /course /home/course/progress \
    && chown course:course /course /home/course/progress
WORKDIR /course

COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock

COPY --chown=course:course . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .

USER course
ENV JUPYTER_CONFIG_PATH=/course/app/lab/machine/jupyter
EXPOSE 8888
# 0.0.0.0 inside the container; compose publishes the port only on the loopback interface.
CMD ["python", "-m", "jupyterlab", "--ip=0.0.0.0", "--port=8888", "--no-browser", \
     "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"]
