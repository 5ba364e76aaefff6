import Storage

/// Every table under a workspace's row-MAC key. Rotation and verification walk this list, in this order; a test finds
/// a table of the schema that is missing here.
package enum TenantTables {
  package static let all: [any TenantRow.Type] = [
    CertificateRow.self, ConnectorRow.self, AccessKeyRow.self, IntegrationRow.self, CredentialRow.self,
    SealedSecretRow.self, AttemptRow.self, RefreshAttemptRow.self, IncidentRow.self, DeadlineRow.self,
    RevocationRow.self,
  ]
}
