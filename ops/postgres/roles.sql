-- Three roles: one owns the tables and migrates, one is the service, one reads. Run it once, as a
-- superuser, in the service's database:
--
--   psql --set ON_ERROR_STOP=1 --set owner=service_owner --set service=service_app \
--     --set reader=service_reader --file ops/postgres/roles.sql DATABASE
--
-- Passwords come by other ways: `\password service_app`, or the operator of the cluster.

CREATE ROLE :"owner" LOGIN;
CREATE ROLE :"service" LOGIN;
CREATE ROLE :"reader" LOGIN;

SELECT current_database() AS database \gset

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"owner", :"service", :"reader";
-- PostgreSQL 14 lets everybody create tables here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO :"owner";
GRANT USAGE ON SCHEMA public TO :"service", :"reader";

-- What the migrations will make.
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO :"service";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT ON TABLES TO :"reader";

-- A session for analysis writes nothing and waits for nothing.
ALTER ROLE :"reader" SET default_transaction_read_only = on;
ALTER ROLE :"reader" SET statement_timeout = '60s';
ALTER ROLE :"reader" SET idle_in_transaction_session_timeout = '60s';
