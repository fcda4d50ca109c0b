-- How far the lists of Keycloak's events were followed; no row: never. No parameters.
select source, until_ms from followed
