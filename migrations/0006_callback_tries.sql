-- The try that a callback of a task is about: its log goes on in that of the try. Null for a callback of the run itself.
ALTER TABLE callback ADD COLUMN try_number INTEGER;
