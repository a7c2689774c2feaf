using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>From what callers write, a name or an ARN, to the stack.</summary>
internal static partial class StackNames
{
    /// <summary>By name only a living stack; by ARN also one that was deleted.</summary>
    public static async ValueTask<StackRecord?> Find(ISnapshot snapshot, Call call, string nameOrId)
    {
        string? uuid;
        if (nameOrId.StartsWith("arn:", StringComparison.Ordinal))
        {
            uuid = Arn.TryParse(nameOrId, out var arn) && arn.Service == "cloudformation" && arn.Account == call.Account && arn.Region == call.Region
                   && arn.Resource.Split('/') is ["stack", _, var id] ? id : null;
        }
        else uuid = await snapshot.Get(Keys.Name(call, nameOrId)) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

        return uuid is null ? null : await snapshot.Get(Keys.Stack(new StackKey(call.Account, call.Region, uuid)), CloudFormationJson.Default.StackRecord);
    }

    public static async ValueTask<StackRecord> Require(ISnapshot snapshot, Call call, string nameOrId)
        => await Find(snapshot, call, nameOrId) ?? throw Errors.NoSuchStack(nameOrId);

    public static void Check(string name)
    {
        if (!Valid().IsMatch(name))
            throw Errors.Validation($"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
        if (name.Length > 128)
            throw Errors.Validation($"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128");
    }

    /// <summary>The ARN that IAM checks.</summary>
    public static string ArnOf(string? nameOrId, Call call)
        => string.IsNullOrEmpty(nameOrId) ? "*" : nameOrId.StartsWith("arn:", StringComparison.Ordinal) ? nameOrId : call.Arn("cloudformation", $"stack/{nameOrId}/*");

    [GeneratedRegex(@"\A[a-zA-Z][-a-zA-Z0-9]*\z")]
    private static partial Regex Valid();
}
