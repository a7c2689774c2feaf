using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Audit;

/// <summary>The sources beside the template: secrets in them, and whether the sign-in uses PKCE.</summary>
internal static partial class SourceRules
{
    private const int LongestFile = 512 << 10;
    private static readonly string[] Kinds = [".js", ".mjs", ".ts", ".tsx", ".jsx", ".py", ".cs", ".html", ".json", ".env", ".yaml", ".yml", ".rb", ".go", ".java"];
    private static readonly string[] Skipped = ["node_modules", ".git", ".galley", "bin", "obj", "publish", "artifacts", ".venv"];

    public static IEnumerable<Finding> Check(AuditedTemplate template, string folder)
    {
        var (challenge, any) = (false, false);
        foreach (var file in Files(new DirectoryInfo(folder)))
        {
            any = true;
            var number = 0;
            foreach (var line in File.ReadLines(file.FullName))
            {
                number++;
                challenge |= line.Contains("code_challenge", StringComparison.Ordinal);
                // the line's place, never the secret itself
                if (Secret().IsMatch(line)) yield return new(Rules.SecretInSource, $"{Path.GetRelativePath(folder, file.FullName)}:{number}", "a key or a client secret");
            }
        }

        if (!any || challenge) yield break;
        foreach (var (id, client) in template.Of("AWS::Cognito::UserPoolClient"))
            if (client["AllowedOAuthFlows"].Texts().Contains("code"))
                yield return new(Rules.NoPkce, id, "no source here sends code_challenge");
    }

    private static IEnumerable<FileInfo> Files(DirectoryInfo folder)
    {
        foreach (var file in folder.EnumerateFiles().Where(file => Kinds.Contains(file.Extension) && file.Length <= LongestFile && !file.Name.EndsWith("lock.json", StringComparison.Ordinal))) yield return file;
        foreach (var inner in folder.EnumerateDirectories().Where(inner => !Skipped.Contains(inner.Name) && inner.LinkTarget is null))
            foreach (var file in Files(inner))
                yield return file;
    }

    [GeneratedRegex("""\b(?:AKIA[A-Z2-7]{16})\b|(?:client_?secret|secret_?access_?key)["']?\s*[:=]\s*["'][A-Za-z0-9/+=]{32,}["']""", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
