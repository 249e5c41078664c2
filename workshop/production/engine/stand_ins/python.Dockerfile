# Stands in for the official image, which no registry brings here: the same paths, and packages from
# a folder.
FROM debian:trixie-slim
COPY pip /usr/local/lib/python3.13/site-packages
COPY wheels /wheels
COPY pip.conf /etc/pip.conf
COPY pip.sh /usr/local/bin/pip
RUN chmod +x /usr/local/bin/pip \
    && ln -s /usr/bin/python3 /usr/local/bin/python \
    && ln -s /usr/bin/python3 /usr/local/bin/python3 \
    && rm -rf /usr/lib/python3.13/ensurepip
ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
