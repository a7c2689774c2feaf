using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Port: a KMS key, named by its id, ARN or alias, that works and that the caller may give to a table (Arrows/DynamoDBToKms).</summary>
internal interface IFindKeys
{
    /// <summary>The key's ARN. Throws what DynamoDB says of a key that it cannot use.</summary>
    ValueTask<string> ArnOf(string key, Call call);
}

/// <summary>The KMS keys that tables name. They are looked up and told; nothing is encrypted by them.</summary>
internal sealed class TableKeys(IFindKeys keys)
{
    private const string Alias = "alias/aws/dynamodb";

    /// <summary>The specification with its key's ARN; where it names none, that of the account's key for DynamoDB.</summary>
    public async ValueTask<SSESpecification?> Resolve(SSESpecification? asked, Call call)
    {
        if (TableRules.Encryption(asked) is null) return asked;
        var own = OwnKey(call);
        var isOwn = asked!.KMSMasterKeyId is not { } key || key == own || key == Alias || key == call.Arn("kms", Alias);
        return asked with { SSEType = "KMS", KMSMasterKeyId = isOwn ? own : await keys.ArnOf(asked.KMSMasterKeyId!, call) };
    }

    /// <summary>AWS makes this key when it is first wanted; here it is a name only, the same one every time.</summary>
    private static string OwnKey(Call call)
        => call.Arn("kms", "key/" + new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{call.Account} {call.Region} {Alias}")).AsSpan(0, 16)));
}
