using System.Text;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>The one policy of a key, `default`. Nobody has rights on the key without it; the one that every key begins with hands them to the account, whose own policies then decide.</summary>
internal sealed class KeyPolicies(KeyFinder finder, IJudgeKeyPolicies judge)
{
    private const string Name = "default";
    private const int Largest = 32 << 10;

    public static string Default(string account) => $$"""
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::{{account}}:root"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """.ReplaceLineEndings("\n");

    public async ValueTask<GetKeyPolicyResponse> GetKeyPolicy(GetKeyPolicyRequest request, Call call)
    {
        if (request.PolicyName is not (null or Name)) throw Errors.PolicyNotFound();
        return new GetKeyPolicyResponse((await finder.Find(request.KeyId, call, aliases: false)).Policy, Name);
    }

    public async ValueTask<Empty> PutKeyPolicy(PutKeyPolicyRequest request, Call call)
    {
        if (request.PolicyName is not (null or Name)) throw Errors.Validation($"Invalid PolicyName {request.PolicyName}. The only valid value is {Name}.");
        var record = await finder.Find(request.KeyId, call, aliases: false);
        await Check(request.Policy, KeyFinder.ArnOf(record.KeyId, call), request.BypassPolicyLockoutSafetyCheck == true, call);
        await finder.Change(record.KeyId, call, record => record with { Policy = request.Policy });
        return Empty.Value;
    }

    public async ValueTask<ListKeyPoliciesResponse> ListKeyPolicies(PagedKeyRequest request, Call call)
    {
        await finder.Find(request.KeyId, call, aliases: false);
        return new ListKeyPoliciesResponse([Name], false);
    }

    /// <summary>AWS: a policy under which its own author could not change it again is refused, unless that is asked for.</summary>
    public async ValueTask Check(string policy, string arn, bool bypass, Call call)
    {
        if (policy.Length == 0 || Encoding.UTF8.GetByteCount(policy) > Largest) throw Errors.Constraint(null, "policy", $"Member must have length between 1 and {Largest}, inclusive");
        if (!judge.IsPolicy(policy)) throw Errors.MalformedPolicy("");
        if (!bypass && !await judge.Allows(call, "kms:PutKeyPolicy", arn, policy, [])) throw Errors.LockedOut();
    }

    /// <summary>For what is done with a key beside the operation that was judged at the door: a template's resource, the other key of ReEncrypt.</summary>
    public async ValueTask Require(Call call, string action, KeyRecord record, IEnumerable<KeyValuePair<string, string>>? conditions = null)
    {
        var arn = KeyFinder.ArnOf(record.KeyId, call);
        if (!await judge.Allows(call, action, arn, record.Policy, conditions ?? [])) throw Errors.Denied(call, action, arn);
    }
}
