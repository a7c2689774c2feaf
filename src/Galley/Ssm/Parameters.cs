using System.Text;
using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Ssm;

/// <summary>Parameters: written and deleted. Every write makes a version; the last hundred are kept. SecureStrings are encrypted at rest.</summary>
internal sealed partial class Parameters(Installation installation)
{
    private const int MaxValue = 4096, MaxNameLength = 1011, MaxLevels = 15, VersionsKept = 100;

    public ValueTask<PutParameterResponse> PutParameter(PutParameterRequest request, Call call)
    {
        CheckName(request.Name);
        if (request.Tier is not (null or "Standard")) throw Errors.Validation($"Galley does not support the parameter tier {request.Tier}.");
        if (request.DataType is not (null or "text")) throw Errors.Validation($"Galley does not support the data type {request.DataType}.");
        if (request.KeyId is not (null or "alias/aws/ssm")) throw Errors.Validation($"Galley does not support the KMS key {request.KeyId}.");
        if (request.Type is not (null or "String" or "StringList" or "SecureString")) throw Errors.UnsupportedParameterType(request.Type);
        if (request.Overwrite == true && request.Tags is { Count: > 0 }) throw Errors.Validation("Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.");
        if (Encoding.UTF8.GetByteCount(request.Value) is 0 or > MaxValue)
            throw Errors.Validation(request.Value.Length == 0 ? "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"
                : $"Standard tier parameters support a maximum parameter value of {MaxValue} characters.");
        if (request.AllowedPattern is { Length: > 0 } pattern && !Matches(pattern, request.Value)) throw Errors.AllowedPattern(pattern);
        return installation.Store.Write(async transaction =>
        {
            var old = await transaction.Get(Keys.Parameter(call, request.Name), SsmJson.Default.ParameterRecord);
            if (old is not null && request.Overwrite != true) throw Errors.ParameterAlreadyExists();
            var type = request.Type ?? old?.Type ?? throw Errors.Validation("A parameter type is required when you create a parameter.");
            var record = new ParameterRecord
            {
                Name = request.Name,
                Type = type,
                Value = type == "SecureString" ? installation.Secrets.SealText(Purpose(call, request.Name), request.Value) : request.Value,
                Version = (old?.Version ?? 0) + 1,
                Modified = installation.Now,
                ModifiedBy = call.Principal.Arn,
                Description = request.Description ?? old?.Description,
                AllowedPattern = request.AllowedPattern,
                DataType = "text",
                Tags = request.Tags ?? old?.Tags,
            };
            transaction.Put(Keys.Parameter(call, record.Name), record, SsmJson.Default.ParameterRecord);
            transaction.Put(Keys.Version(call, record.Name, record.Version), record, SsmJson.Default.ParameterRecord);
            if (record.Version > VersionsKept) transaction.Delete(Keys.Version(call, record.Name, record.Version - VersionsKept));
            return new PutParameterResponse(record.Version, "Standard");
        });
    }

    public async ValueTask<Empty> DeleteParameter(DeleteParameterRequest request, Call call)
        => await Remove(request.Name, call) ? Empty.Value : throw Errors.ParameterNotFound();

    public async ValueTask<DeleteParametersResponse> DeleteParameters(DeleteParametersRequest request, Call call)
    {
        if (request.Names.Count is 0 or > 10) throw Errors.Validation("1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10");
        var (deleted, invalid) = (new List<string>(), new List<string>());
        foreach (var name in request.Names) (await Remove(name, call) ? deleted : invalid).Add(name);
        return new DeleteParametersResponse(deleted, invalid);
    }

    public async ValueTask<string?> Plain(string name, string? version, Call call)
    {
        var key = version is null ? Keys.Parameter(call, name) : long.TryParse(version, out var number) ? Keys.Version(call, name, number) : null;
        return key is null ? null : await installation.Store.Read(snapshot => snapshot.Get(key, SsmJson.Default.ParameterRecord)) is { Type: not "SecureString" } record ? record.Value : null;
    }

    /// <summary>The value as it is told: a SecureString opened, or its sealed form when the caller did not ask for the plain one.</summary>
    public string Show(ParameterRecord record, bool? decrypt, Call call)
        => record.Type == "SecureString" && decrypt == true ? installation.Secrets.OpenText(Purpose(call, record.Name), record.Value) : record.Value;

    /// <summary>The tags that a template wants, in the place of those there are.</summary>
    public ValueTask SetTags(string name, IReadOnlyList<Tag> tags, Call call) => installation.Store.Write(async transaction =>
    {
        var record = await transaction.Get(Keys.Parameter(call, name), SsmJson.Default.ParameterRecord) ?? throw Errors.ParameterNotFound(name);
        transaction.Put(Keys.Parameter(call, name), record with { Tags = tags }, SsmJson.Default.ParameterRecord);
    });

    private ValueTask<bool> Remove(string name, Call call) => installation.Store.Write(async transaction =>
    {
        if (await transaction.Get(Keys.Parameter(call, name)) is null) return false;
        transaction.Delete(Keys.Parameter(call, name));
        await transaction.DeleteAll(Keys.History(call, name));
        return true;
    });

    private static string Purpose(Call call, string name) => $"ssm/{call.Account}/{call.Region}/{name}";

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > MaxNameLength || !Name().IsMatch(name) || name.EndsWith('/') || name.Contains("//", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal) && !name.StartsWith('/'))
            throw Errors.Validation("Parameter name must be a fully qualified name.");
        if (Reserved().IsMatch(name)) throw Errors.Validation("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive), except global parameter name path prefixed with \"aws\" (case-insensitive).");
        if (name.Count(letter => letter == '/') > MaxLevels) throw Errors.Validation($"Parameter name cannot exceed {MaxLevels} levels in the hierarchy.");
    }

    private static bool Matches(string pattern, string value)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant).IsMatch(value);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw Errors.Validation($"The allowedPattern {pattern} is not a pattern that can be decided.");
        }
    }

    [GeneratedRegex("^[a-zA-Z0-9_.\\-/]+$")]
    private static partial Regex Name();

    [GeneratedRegex("^/?(?:aws|ssm)", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
