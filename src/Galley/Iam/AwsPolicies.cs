using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The policies AWS itself manages, those that serverless applications and their tools attach.</summary>
internal static class AwsPolicies
{
    public static readonly IReadOnlyList<ManagedPolicy> All = [.. AwsPolicyTexts.All.Select(policy => Make(policy.Name, policy.Description, policy.Text))];

    private static readonly FrozenDictionary<string, ManagedPolicy> ByArn = All.ToFrozenDictionary(policy => policy.Arn);

    public static ManagedPolicy? Find(string arn) => ByArn.GetValueOrDefault(arn);

    private static ManagedPolicy Make(string name, string description, string text)
    {
        var statements = text.StartsWith('{') ? text : AwsPolicyTexts.Statement(text);
        var created = new DateTimeOffset(2015, 4, 9, 15, 3, 43, TimeSpan.Zero);
        var slash = name.LastIndexOf('/') + 1;
        return new ManagedPolicy
        {
            Name = name[slash..],
            Id = "ANPA" + Id(name),
            Arn = "arn:aws:iam::aws:policy/" + name,
            Path = "/" + name[..slash],
            Description = description,
            Created = created,
            Updated = created,
            DefaultVersion = "v1",
            LastVersion = 1,
            Versions = [new("v1", $$"""{"Version":"2012-10-17","Statement":[{{statements}}]}""", created)],
        };
    }

    /// <summary>The same in every installation.</summary>
    private static string Id(string name) => string.Concat(SHA256.HashData(Encoding.UTF8.GetBytes(name)).Take(17).Select(b => Ids.Base32[b % 32]));
}
