using System.Text.RegularExpressions;
using Galley.Iam.Evaluate;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>What users, roles and groups have in common: names, paths, tags, how they are kept.</summary>
internal sealed partial class Identities(Installation installation)
{
    private const int MaxTags = 50;

    public IStore Store => installation.Store;

    public static ValueTask<Identity?> Find(ISnapshot tx, string account, IdentityKind kind, string name)
        => tx.Get(Keys.Identity(account, kind, name), IamStoreJson.Default.Identity);

    public static async ValueTask<Identity> Get(ISnapshot tx, Call call, IdentityKind kind, string name)
        => await Find(tx, call.Account, kind, name) is { } found && found.Name == name ? found : throw Errors.NoSuchEntity(kind, name);

    public static void Put(ITransaction tx, Call call, Identity identity)
        => tx.Put(Keys.Identity(call.Account, identity.Kind, identity.Name), identity, IamStoreJson.Default.Identity);

    public async ValueTask<List<Identity>> All(ISnapshot tx, Call call, IdentityKind kind, string? pathPrefix = null)
    {
        var all = await tx.List(Keys.Identities(call.Account, kind), IamStoreJson.Default.Identity);
        return pathPrefix is null ? all : all.FindAll(identity => identity.Path.StartsWith(pathPrefix, StringComparison.Ordinal));
    }

    /// <summary>A change of one identity in one transaction.</summary>
    public async ValueTask<Identity> Change(Call call, IdentityKind kind, string name, Func<Identity, Identity> change)
        => await Store.Write(async tx =>
        {
            var changed = change(await Get(tx, call, kind, name));
            Put(tx, call, changed);
            return changed;
        });

    public async ValueTask<Identity> Create(Call call, Identity draft)
    {
        CheckName(draft.Name, draft.Kind switch { IdentityKind.User => "userName", IdentityKind.Role => "roleName", _ => "groupName" }, draft.Kind == IdentityKind.Group ? 128 : 64);
        CheckPath(draft.Path);
        CheckTags(draft.Tags);
        return await Store.Write(async tx =>
        {
            if (await Find(tx, call.Account, draft.Kind, draft.Name) is not null) throw Errors.EntityAlreadyExists($"{draft.Kind} with name {draft.Name} already exists.");
            if (draft.Boundary is not null) _ = await Policies.DocumentOf(tx, call.Account, draft.Boundary) ?? throw Errors.NoSuchEntity($"Scope ARN: {draft.Boundary} does not exist or is not attachable.");
            Put(tx, call, draft);
            return draft;
        });
    }

    public Identity Draft(Call call, IdentityKind kind, string name, string? path, IReadOnlyList<Tag>? tags, string? boundary) => new()
    {
        Kind = kind,
        Name = name,
        Id = NewId(kind switch { IdentityKind.User => "AIDA", IdentityKind.Role => "AROA", _ => "AGPA" }),
        Arn = Arn(call, kind, path ?? "/", name),
        Path = path ?? "/",
        Created = installation.Now,
        Tags = tags ?? [],
        Boundary = boundary,
    };

    public string NewId(string prefix) => prefix + installation.Ids.Next(17, Ids.Base32);

    public static string Arn(Call call, IdentityKind kind, string path, string name) => $"arn:aws:iam::{call.Account}:{kind.ToString().ToLowerInvariant()}{path}{name}";

    public static AttachedPermissionsBoundary? Boundary(Identity identity)
        => identity.Boundary is null ? null : new AttachedPermissionsBoundary("Policy", identity.Boundary);

    public static IReadOnlyList<Tag> Merge(IReadOnlyList<Tag> old, IReadOnlyList<Tag> added)
    {
        CheckTags(added);
        List<Tag> merged = [.. old.Where(tag => !added.Any(other => other.Key.Equals(tag.Key, StringComparison.OrdinalIgnoreCase))), .. added];
        return merged.Count <= MaxTags ? merged : throw Errors.LimitExceeded($"The number of tags has reached the maximum limit.");
    }

    public static IReadOnlyList<Tag> Without(IReadOnlyList<Tag> tags, IReadOnlyList<string> keys)
        => [.. tags.Where(tag => !keys.Contains(tag.Key, StringComparer.OrdinalIgnoreCase))];

    public static void CheckName(string name, string member, int most)
    {
        if (name.Length == 0) throw Errors.Constraint(name, member, "Member must have length greater than or equal to 1");
        if (name.Length > most) throw Errors.Constraint(name, member, $"Member must have length less than or equal to {most}");
        if (!NamePattern().IsMatch(name)) throw Errors.Validation($"The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");
    }

    public static void CheckPath(string path)
    {
        if (path.Length > 512 || !PathPattern().IsMatch(path))
            throw Errors.Validation("The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.");
    }

    /// <summary>The policy, if it is one that may be given to a user, role or group.</summary>
    public static void CheckPolicy(string document, int most, string tooLong, bool versionNeeded = true)
    {
        Validate(() => PolicyRules.Identity(document, versionNeeded));
        if (document.Count(letter => !char.IsWhiteSpace(letter)) > most) throw Errors.LimitExceeded(tooLong);
    }

    public static void CheckTrust(string document)
    {
        Validate(() => PolicyRules.Trust(document));
        if (document.Count(letter => !char.IsWhiteSpace(letter)) > 2048) throw Errors.LimitExceeded("Cannot exceed quota for ACLSizePerRole: 2048");
    }

    private static void Validate(Action check)
    {
        try
        {
            check();
        }
        catch (PolicyProblem problem)
        {
            throw Errors.MalformedPolicyDocument(problem);
        }
    }

    public static void CheckTags(IReadOnlyList<Tag> tags)
    {
        if (tags.Count > MaxTags) throw Errors.Constraint("[…]", "tags", $"Member must have length less than or equal to {MaxTags}");
        if (tags.DistinctBy(tag => tag.Key, StringComparer.OrdinalIgnoreCase).Count() != tags.Count)
            throw Errors.InvalidInput("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        foreach (var tag in tags)
        {
            if (tag.Key.Length is 0 or > 128) throw Errors.Constraint(tag.Key, "tags.1.member.key", "Member must have length less than or equal to 128");
            if (tag.Value.Length > 256) throw Errors.Constraint(tag.Value, "tags.1.member.value", "Member must have length less than or equal to 256");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9_+=,.@-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^/(?:[\x21-\x2E\x30-\x7E]+/)*\z")]
    private static partial Regex PathPattern();
}
