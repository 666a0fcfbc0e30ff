-- What the author of a mapped task calls an instance, shown beside its index. Null until the try has ended.
ALTER TABLE task_instance ADD COLUMN rendered_map_index TEXT;
ALTER TABLE task_instance_history ADD COLUMN rendered_map_index TEXT;
