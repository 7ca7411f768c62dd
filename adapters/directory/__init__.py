"""The company's directory of people: LDAP or SCIM, asked about one person at a time."""
