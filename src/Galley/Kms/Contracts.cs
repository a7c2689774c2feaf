using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>A request that names a key.</summary>
internal interface IOnKey
{
    string KeyId { get; }
}

/// <summary>A request whose ciphertext is bound to a context, which policies see.</summary>
internal interface IWithContext
{
    IReadOnlyDictionary<string, string>? EncryptionContext { get; }
}

internal sealed record Tag(string TagKey, string TagValue);

internal sealed record CreateKeyRequest
{
    public string? Policy { get; init; }
    public string? Description { get; init; }
    public string? KeyUsage { get; init; }
    public string? CustomerMasterKeySpec { get; init; }
    public string? KeySpec { get; init; }
    public string? Origin { get; init; }
    public string? CustomKeyStoreId { get; init; }
    public string? XksKeyId { get; init; }
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }
    public IReadOnlyList<Tag>? Tags { get; init; }
    public bool? MultiRegion { get; init; }
}

internal sealed record KeyRequest : IOnKey
{
    public required string KeyId { get; init; }
}

internal sealed record DescribeKeyRequest : IOnKey
{
    public required string KeyId { get; init; }
    public IReadOnlyList<string>? GrantTokens { get; init; }
}

internal sealed record KeyResponse(KeyMetadata KeyMetadata);

internal sealed record KeyMetadata
{
    public required string AWSAccountId { get; init; }
    public required string KeyId { get; init; }
    public required string Arn { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required bool Enabled { get; init; }
    public required string Description { get; init; }
    public string KeyUsage { get; init; } = "ENCRYPT_DECRYPT";
    public required string KeyState { get; init; }
    public DateTimeOffset? DeletionDate { get; init; }
    public string Origin { get; init; } = "AWS_KMS";
    public string KeyManager { get; init; } = "CUSTOMER";
    public string CustomerMasterKeySpec { get; init; } = "SYMMETRIC_DEFAULT";
    public string KeySpec { get; init; } = "SYMMETRIC_DEFAULT";
    public IReadOnlyList<string> EncryptionAlgorithms { get; init; } = ["SYMMETRIC_DEFAULT"];
    public bool MultiRegion { get; init; }
}

internal sealed record ListKeysRequest(int? Limit, string? Marker);

internal sealed record KeyListEntry(string KeyId, string KeyArn);

internal sealed record ListKeysResponse(IReadOnlyList<KeyListEntry> Keys, string? NextMarker, bool Truncated);

internal sealed record UpdateKeyDescriptionRequest : IOnKey
{
    public required string KeyId { get; init; }
    public required string Description { get; init; }
}

internal sealed record ScheduleKeyDeletionRequest : IOnKey
{
    public required string KeyId { get; init; }
    public int? PendingWindowInDays { get; init; }
}

internal sealed record ScheduleKeyDeletionResponse(string KeyId, DateTimeOffset DeletionDate, string KeyState, int PendingWindowInDays);

internal sealed record KeyIdResponse(string KeyId);

internal sealed record EnableKeyRotationRequest : IOnKey
{
    public required string KeyId { get; init; }
    public int? RotationPeriodInDays { get; init; }
}

internal sealed record KeyRotationStatus(bool KeyRotationEnabled, string KeyId, int? RotationPeriodInDays, DateTimeOffset? NextRotationDate);

internal sealed record GetKeyPolicyRequest : IOnKey
{
    public required string KeyId { get; init; }
    public string? PolicyName { get; init; }
}

internal sealed record GetKeyPolicyResponse(string Policy, string PolicyName);

internal sealed record PutKeyPolicyRequest : IOnKey
{
    public required string KeyId { get; init; }
    public string? PolicyName { get; init; }
    public required string Policy { get; init; }
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }
}

internal sealed record PagedKeyRequest : IOnKey
{
    public required string KeyId { get; init; }
    public int? Limit { get; init; }
    public string? Marker { get; init; }
}

internal sealed record ListKeyPoliciesResponse(IReadOnlyList<string> PolicyNames, bool Truncated);

internal sealed record TagResourceRequest : IOnKey
{
    public required string KeyId { get; init; }
    public required IReadOnlyList<Tag> Tags { get; init; }
}

internal sealed record UntagResourceRequest : IOnKey
{
    public required string KeyId { get; init; }
    public required IReadOnlyList<string> TagKeys { get; init; }
}

internal sealed record ListResourceTagsResponse(IReadOnlyList<Tag> Tags, string? NextMarker, bool Truncated);

internal sealed record CreateAliasRequest(string AliasName, string TargetKeyId);

internal sealed record AliasRequest(string AliasName);

internal sealed record ListAliasesRequest(string? KeyId, int? Limit, string? Marker);

internal sealed record AliasListEntry
{
    public required string AliasName { get; init; }
    public required string AliasArn { get; init; }
    public required string TargetKeyId { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required DateTimeOffset LastUpdatedDate { get; init; }
}

internal sealed record ListAliasesResponse(IReadOnlyList<AliasListEntry> Aliases, string? NextMarker, bool Truncated);

internal sealed record EncryptRequest : IOnKey, IWithContext
{
    public required string KeyId { get; init; }
    public required byte[] Plaintext { get; init; }
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }
    public IReadOnlyList<string>? GrantTokens { get; init; }
    public string? EncryptionAlgorithm { get; init; }
    public bool? DryRun { get; init; }
}

internal sealed record EncryptResponse(byte[] CiphertextBlob, string KeyId, string EncryptionAlgorithm);

internal sealed record DecryptRequest : IWithContext
{
    public required byte[] CiphertextBlob { get; init; }
    public string? KeyId { get; init; }
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }
    public IReadOnlyList<string>? GrantTokens { get; init; }
    public string? EncryptionAlgorithm { get; init; }
    public bool? DryRun { get; init; }
}

internal sealed record DecryptResponse(string KeyId, byte[] Plaintext, string EncryptionAlgorithm);

internal sealed record ReEncryptRequest : IWithContext
{
    public required byte[] CiphertextBlob { get; init; }
    public IReadOnlyDictionary<string, string>? SourceEncryptionContext { get; init; }
    public string? SourceKeyId { get; init; }
    public required string DestinationKeyId { get; init; }
    public IReadOnlyDictionary<string, string>? DestinationEncryptionContext { get; init; }
    public string? SourceEncryptionAlgorithm { get; init; }
    public string? DestinationEncryptionAlgorithm { get; init; }
    public IReadOnlyList<string>? GrantTokens { get; init; }
    public bool? DryRun { get; init; }

    IReadOnlyDictionary<string, string>? IWithContext.EncryptionContext => SourceEncryptionContext;
}

internal sealed record ReEncryptResponse(byte[] CiphertextBlob, string SourceKeyId, string KeyId, string SourceEncryptionAlgorithm, string DestinationEncryptionAlgorithm);

internal sealed record GenerateDataKeyRequest : IOnKey, IWithContext
{
    public required string KeyId { get; init; }
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }
    public int? NumberOfBytes { get; init; }
    public string? KeySpec { get; init; }
    public IReadOnlyList<string>? GrantTokens { get; init; }
    public bool? DryRun { get; init; }
}

internal sealed record GenerateDataKeyResponse(byte[] CiphertextBlob, byte[] Plaintext, string KeyId);

internal sealed record WrappedDataKeyResponse(byte[] CiphertextBlob, string KeyId);

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, Converters = [typeof(EpochSecondsConverter)])]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateKeyRequest))]
[JsonSerializable(typeof(KeyRequest))]
[JsonSerializable(typeof(DescribeKeyRequest))]
[JsonSerializable(typeof(KeyResponse))]
[JsonSerializable(typeof(ListKeysRequest))]
[JsonSerializable(typeof(ListKeysResponse))]
[JsonSerializable(typeof(UpdateKeyDescriptionRequest))]
[JsonSerializable(typeof(ScheduleKeyDeletionRequest))]
[JsonSerializable(typeof(ScheduleKeyDeletionResponse))]
[JsonSerializable(typeof(KeyIdResponse))]
[JsonSerializable(typeof(EnableKeyRotationRequest))]
[JsonSerializable(typeof(KeyRotationStatus))]
[JsonSerializable(typeof(GetKeyPolicyRequest))]
[JsonSerializable(typeof(GetKeyPolicyResponse))]
[JsonSerializable(typeof(PutKeyPolicyRequest))]
[JsonSerializable(typeof(PagedKeyRequest))]
[JsonSerializable(typeof(ListKeyPoliciesResponse))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(ListResourceTagsResponse))]
[JsonSerializable(typeof(CreateAliasRequest))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(ListAliasesRequest))]
[JsonSerializable(typeof(ListAliasesResponse))]
[JsonSerializable(typeof(EncryptRequest))]
[JsonSerializable(typeof(EncryptResponse))]
[JsonSerializable(typeof(DecryptRequest))]
[JsonSerializable(typeof(DecryptResponse))]
[JsonSerializable(typeof(ReEncryptRequest))]
[JsonSerializable(typeof(ReEncryptResponse))]
[JsonSerializable(typeof(GenerateDataKeyRequest))]
[JsonSerializable(typeof(GenerateDataKeyResponse))]
[JsonSerializable(typeof(WrappedDataKeyResponse))]
[JsonSerializable(typeof(KeyRecord))]
[JsonSerializable(typeof(AliasRecord))]
internal sealed partial class KmsJson : JsonSerializerContext;
