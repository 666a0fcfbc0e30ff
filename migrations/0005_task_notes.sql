-- What somebody wrote down about a task instance. A past try has none of its own.
ALTER TABLE task_instance ADD COLUMN note TEXT;
ALTER TABLE task_instance_history ADD COLUMN note TEXT;
