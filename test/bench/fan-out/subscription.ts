/** As a notifier asks. Every server of the bench is asked the same. */
export const SUBSCRIPTION = `subscription { registryChanges {
  __typename
  ... on JournalItem { cursor }
  ... on RegistryChange { id type registryId modelId modelName version occurredAt observedAt evidence actor { name kind } }
  ... on ModelVersionStatusChanged { previousStatus status outOfBand }
  ... on JournalGap { reason }
} }`;
