"""Triggers that keep tallies, and the index of log texts, where the database has them."""

TRIGGERS = """
CREATE FUNCTION jobsmith_tally_results() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO jobsmith_tally (kind, key, delta)
        SELECT 'result', job_model_id, count(*) FROM changed GROUP BY job_model_id;
    ELSE
        INSERT INTO jobsmith_tally (kind, key, delta)
        SELECT 'result', job_model_id, -count(*) FROM changed GROUP BY job_model_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION jobsmith_tally_moved_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobsmith_tally (kind, key, delta)
    VALUES ('result', OLD.job_model_id, -1), ('result', NEW.job_model_id, 1);
    RETURN NULL;
END $$;

CREATE FUNCTION jobsmith_tally_logs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobsmith_tally (kind, key, delta)
    SELECT 'log', NULL, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION jobsmith_tally_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM jobsmith_tally WHERE kind = TG_ARGV[0];
    RETURN NULL;
END $$;

CREATE TRIGGER jobsmith_tally_in AFTER INSERT ON jobsmith_jobresult
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_results();
CREATE TRIGGER jobsmith_tally_out AFTER DELETE ON jobsmith_jobresult
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_results();
CREATE TRIGGER jobsmith_tally_moved AFTER UPDATE OF job_model_id ON jobsmith_jobresult
    FOR EACH ROW WHEN (OLD.job_model_id IS DISTINCT FROM NEW.job_model_id)
    EXECUTE FUNCTION jobsmith_tally_moved_result();
CREATE TRIGGER jobsmith_tally_emptied AFTER TRUNCATE ON jobsmith_jobresult
    FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_emptied('result');

CREATE TRIGGER jobsmith_tally_in AFTER INSERT ON jobsmith_joblogentry
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_logs();
CREATE TRIGGER jobsmith_tally_out AFTER DELETE ON jobsmith_joblogentry
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_logs();
CREATE TRIGGER jobsmith_tally_emptied AFTER TRUNCATE ON jobsmith_joblogentry
    FOR EACH STATEMENT EXECUTE FUNCTION jobsmith_tally_emptied('log');

INSERT INTO jobsmith_tally (kind, key, delta)
    SELECT 'result', job_model_id, count(*) FROM jobsmith_jobresult GROUP BY job_model_id;
INSERT INTO jobsmith_tally (kind, key, delta)
    SELECT 'log', NULL, count(*) FROM jobsmith_joblogentry HAVING count(*) > 0;
"""

NO_TRIGGERS = """
DROP FUNCTION jobsmith_tally_results() CASCADE;
DROP FUNCTION jobsmith_tally_moved_result() CASCADE;
DROP FUNCTION jobsmith_tally_logs() CASCADE;
DROP FUNCTION jobsmith_tally_emptied() CASCADE;
"""

TEXT_INDEX = """
CREATE INDEX jobsmith_log_text ON jobsmith_joblogentry USING gin (
    upper(message) gin_trgm_ops, upper("grouping") gin_trgm_ops, upper(log_level) gin_trgm_ops,
    upper(log_object) gin_trgm_ops
);
"""
"""As Django asks for ``icontains``: ``UPPER(message::text) LIKE UPPER(…)``."""
