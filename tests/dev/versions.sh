# Pinned versions that Maven and pip fetch. Read by shell scripts and, line by line, by Python.
keycloak_version=26.0.7
keycloak_sha256=25353b74613bcf72db67f8addbd88d832c705a69333091a16573d249d665fe21
maven_dependency_plugin_version=3.6.1
