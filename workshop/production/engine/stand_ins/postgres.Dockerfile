# Stands in for the official image: its variables, its user, its folder.
FROM python:3.13-slim-trixie
ENV PATH=/usr/lib/postgresql/17/bin:$PATH PGDATA=/var/lib/postgresql/data
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
RUN mkdir -p $PGDATA /run/postgresql /docker-entrypoint-initdb.d \
    && chown -R postgres:postgres $PGDATA /run/postgresql && chmod 700 $PGDATA
USER postgres
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["postgres"]
