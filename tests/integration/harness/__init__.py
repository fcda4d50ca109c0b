"""Real servers for tests and for ./dev run: PostgreSQL, Keycloak, gachapon. See README.md."""
