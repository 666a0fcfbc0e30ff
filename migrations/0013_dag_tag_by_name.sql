-- All tags in use, by name, without a look at each DAG (dagList.facets). Tags change with their DAG's file only.
CREATE INDEX dag_tag_by_name ON dag_tag (name);
