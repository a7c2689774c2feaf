using System.Runtime.CompilerServices;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>
/// Key Management Service, as much of it as an app's template and Cognito's senders need: symmetric customer keys, aliases, key policies, encryption
/// and data keys (decision 0039). AWS: TrentService, awsJson 1.1.
/// </summary>
internal sealed class KmsService : IService
{
    private readonly KeyFinder _finder;
    private readonly CustomerKeys _keys;
    private readonly Cryptography _cryptography;
    private readonly KeyPolicies _policies;

    public KmsService(Installation installation, IJudgeKeyPolicies judge)
    {
        _finder = new KeyFinder(installation);
        var material = new KeyMaterial(installation, _finder);
        _policies = new KeyPolicies(_finder, judge);
        _keys = new CustomerKeys(installation, _finder, material, _policies);
        _cryptography = new Cryptography(_finder, material, _policies);
        var (aliases, tags) = (new Aliases(installation, _finder), new KeyTags(_finder));
        Apis = [Api(material, aliases, tags)];
        Resources = [new KeyResource(_keys, _finder, material, _policies, tags), new AliasResource(aliases, _finder, _policies)];
        Scanners = new KmsScan(_finder).Scanners;
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>The ARN of a key, named in any way. Throws AWS's error when it is not there, does not work, or the caller has not this right on it.</summary>
    public async ValueTask<string> Require(Call call, string action, string key)
    {
        var record = await _finder.FindUsable(key, call);
        await _policies.Require(call, action, record);
        return KeyFinder.ArnOf(record.KeyId, call);
    }

    /// <summary>A new data key of 32 bytes for another service, which has the right already; with the key's ARN.</summary>
    public async ValueTask<(byte[] Plaintext, byte[] Wrapped, string KeyArn)> DataKey(string keyArn, IReadOnlyDictionary<string, string> context, Call call)
    {
        var made = await _cryptography.GenerateDataKey(new GenerateDataKeyRequest { KeyId = keyArn, KeySpec = "AES_256", EncryptionContext = context }, call);
        return (made.Plaintext, made.CiphertextBlob, made.KeyId);
    }

    private JsonService Api(KeyMaterial material, Aliases aliases, KeyTags tags)
    {
        var api = new JsonService("kms", Protocol.AwsJson11, () => KmsJson.Default, "TrentService") { PoliciesDecide = true, PolicyOf = _finder.PolicyOf, Resolve = _finder.Resolve, TagsOf = tags.TagsOf };
        api.Later(() => Add(api, material, aliases, tags));
        return api;
    }

    private void Add(JsonService api, KeyMaterial material, Aliases aliases, KeyTags tags)
    {
        api.Add<CreateKeyRequest, KeyResponse>(_keys.CreateKey, also: (r, _) => r.Tags is { Count: > 0 } ? [("kms:TagResource", "*")] : [], conditions: (_, call, _, _) => new(About(call)));
        api.Add<ListKeysRequest, ListKeysResponse>(_keys.ListKeys);
        api.Add<ListAliasesRequest, ListAliasesResponse>(aliases.ListAliases);
        OnKey<DescribeKeyRequest, KeyResponse>(api, _keys.DescribeKey);
        OnKey<UpdateKeyDescriptionRequest, Empty>(api, _keys.UpdateKeyDescription);
        OnKey<KeyRequest, Empty>(api, _keys.EnableKey);
        OnKey<KeyRequest, Empty>(api, _keys.DisableKey);
        OnKey<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>(api, _keys.ScheduleKeyDeletion);
        OnKey<KeyRequest, KeyIdResponse>(api, _keys.CancelKeyDeletion);
        OnKey<EnableKeyRotationRequest, Empty>(api, material.EnableKeyRotation);
        OnKey<KeyRequest, Empty>(api, material.DisableKeyRotation);
        OnKey<KeyRequest, KeyRotationStatus>(api, material.GetKeyRotationStatus);
        OnKey<GetKeyPolicyRequest, GetKeyPolicyResponse>(api, _policies.GetKeyPolicy);
        OnKey<PutKeyPolicyRequest, Empty>(api, _policies.PutKeyPolicy);
        OnKey<PagedKeyRequest, ListKeyPoliciesResponse>(api, _policies.ListKeyPolicies);
        OnKey<TagResourceRequest, Empty>(api, tags.TagResource);
        OnKey<UntagResourceRequest, Empty>(api, tags.UntagResource);
        OnKey<PagedKeyRequest, ListResourceTagsResponse>(api, tags.ListResourceTags);
        OnKey<EncryptRequest, EncryptResponse>(api, _cryptography.Encrypt);
        OnKey<GenerateDataKeyRequest, GenerateDataKeyResponse>(api, _cryptography.GenerateDataKey);
        OnKey<GenerateDataKeyRequest, WrappedDataKeyResponse>(api, _cryptography.GenerateDataKeyWithoutPlaintext);
        api.Add<DecryptRequest, DecryptResponse>(_cryptography.Decrypt, (r, call) => Cryptography.KeyOf(r.CiphertextBlob, call), conditions: (r, call, _, on) => Conditions(r.KeyId, r, on, call));
        api.Add<ReEncryptRequest, ReEncryptResponse>(_cryptography.ReEncrypt, (r, call) => Cryptography.KeyOf(r.CiphertextBlob, call), action: "kms:ReEncryptFrom", conditions: (r, call, _, on) => Conditions(r.SourceKeyId, r, on, call));

        // An alias needs the right on itself and on every key that it names, before and after.
        api.Add<CreateAliasRequest, Empty>(aliases.CreateAlias, (r, call) => KeyFinder.Resource(r.TargetKeyId, call), also: (r, call) => [("kms:CreateAlias", KeyFinder.AliasArn(r.AliasName, call))]);
        api.Add<CreateAliasRequest, Empty>(aliases.UpdateAlias, (r, call) => KeyFinder.Resource(r.AliasName, call),
            also: (r, call) => [("kms:UpdateAlias", KeyFinder.AliasArn(r.AliasName, call)), ("kms:UpdateAlias", KeyFinder.Resource(r.TargetKeyId, call))]);
        api.Add<AliasRequest, Empty>(aliases.DeleteAlias, (r, call) => KeyFinder.Resource(r.AliasName, call), also: (r, call) => [("kms:DeleteAlias", KeyFinder.AliasArn(r.AliasName, call))]);
    }

    private void OnKey<TRequest, TResponse>(JsonService api, Func<TRequest, Call, ValueTask<TResponse>> run, [CallerArgumentExpression(nameof(run))] string name = "") where TRequest : IOnKey
        => api.Add(run, (r, call) => KeyFinder.Resource(r.KeyId, call), conditions: (r, call, _, on) => Conditions(r.KeyId, r as IWithContext, on, call), name: name);

    private async ValueTask<IEnumerable<KeyValuePair<string, string>>> Conditions(string? named, IWithContext? context, string on, Call call)
    {
        var aliases = await _finder.Aliases(call);
        return
        [
            .. About(call),
            .. named is not null && KeyFinder.IsAlias(named) ? (IEnumerable<KeyValuePair<string, string>>)[new("kms:RequestAlias", named[(named.LastIndexOf(':') + 1)..])] : [],
            .. aliases.Where(alias => KeyFinder.ArnOf(alias.KeyId, call) == on).Select(alias => KeyValuePair.Create("kms:ResourceAliases", alias.Name)),
            .. context is null ? [] : Cryptography.ContextKeys(context.EncryptionContext).Append(new("kms:EncryptionAlgorithm", CustomerKeys.Symmetric)),
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> About(Call call) =>
    [
        new("kms:CallerAccount", call.Account), new("kms:KeySpec", CustomerKeys.Symmetric), new("kms:KeyUsage", "ENCRYPT_DECRYPT"), new("kms:KeyOrigin", "AWS_KMS"), new("kms:MultiRegion", "false"),
    ];
}
