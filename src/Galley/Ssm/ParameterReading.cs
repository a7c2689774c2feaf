using System.Globalization;
using Galley.Store;
using Galley.Wire;

namespace Galley.Ssm;

/// <summary>Parameters read: one by name (`name:version` too), several, a path, all.</summary>
internal sealed class ParameterReading(Installation installation, Parameters parameters)
{
    private const int PathPage = 10, DescribePage = 50;

    public async ValueTask<GetParameterResponse> GetParameter(GetParameterRequest request, Call call)
        => new(await Find(request.Name, request.WithDecryption, call) ?? throw Errors.ParameterNotFound());

    public async ValueTask<GetParametersResponse> GetParameters(GetParametersRequest request, Call call)
    {
        if (request.Names.Count is 0 or > 10) throw Errors.Validation("1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10");
        var (found, invalid) = (new List<Parameter>(), new List<string>());
        foreach (var name in request.Names)
        {
            if (await Find(name, request.WithDecryption, call) is { } parameter) found.Add(parameter);
            else invalid.Add(name);
        }

        return new GetParametersResponse(found, invalid);
    }

    public async ValueTask<GetParametersByPathResponse> GetParametersByPath(GetParametersByPathRequest request, Call call)
    {
        if (!request.Path.StartsWith('/')) throw Errors.Validation("The parameter path must start with a forward slash (/).");
        var prefix = request.Path.EndsWith('/') ? request.Path : request.Path + "/";
        var (page, next) = await Page(call, record => record.Name.StartsWith(prefix, StringComparison.Ordinal)
            && (request.Recursive == true || !record.Name.AsSpan(prefix.Length).Contains('/')), request.MaxResults, PathPage, request.NextToken);
        return new GetParametersByPathResponse([.. page.Select(record => Show(record, request.WithDecryption, null, call))], next);
    }

    public async ValueTask<GetParameterHistoryResponse> GetParameterHistory(GetParameterHistoryRequest request, Call call)
    {
        var versions = await installation.Store.Read(snapshot => snapshot.List(Keys.History(call, request.Name), SsmJson.Default.ParameterRecord));
        if (versions.Count == 0) throw Errors.ParameterNotFound();
        return new GetParameterHistoryResponse([.. versions.Select(record => new ParameterHistory
        {
            Name = record.Name, Type = record.Type, KeyId = KeyOf(record), LastModifiedDate = Seconds(record), LastModifiedUser = record.ModifiedBy, Description = record.Description,
            AllowedPattern = record.AllowedPattern, Version = record.Version, Tier = "Standard", DataType = record.DataType, Value = parameters.Show(record, request.WithDecryption, call),
        })]);
    }

    public async ValueTask<DescribeParametersResponse> DescribeParameters(DescribeParametersRequest request, Call call)
    {
        var filters = request.ParameterFilters ?? [];
        foreach (var filter in filters)
            if (filter.Key is not ("Name" or "Type") || filter.Option is not (null or "Equals" or "BeginsWith" or "Contains"))
                throw Errors.Validation($"Galley does not support the parameter filter {filter.Key} {filter.Option}.");
        var (page, next) = await Page(call, record => filters.All(filter => Fits(filter, record)), request.MaxResults, DescribePage, request.NextToken);
        return new DescribeParametersResponse([.. page.Select(record => new ParameterMetadata
        {
            Name = record.Name, Type = record.Type, KeyId = KeyOf(record), LastModifiedDate = Seconds(record), LastModifiedUser = record.ModifiedBy, Description = record.Description,
            AllowedPattern = record.AllowedPattern, Version = record.Version, Tier = "Standard", DataType = record.DataType,
        })], next);
    }

    /// <summary>`name`, or the name in `name:3` or in an ARN.</summary>
    public static string NameOf(string given) => Split(given).Name;

    private async ValueTask<Parameter?> Find(string given, bool? decrypt, Call call)
    {
        var (name, version) = Split(given);
        if (version is null)
            return await installation.Store.Read(snapshot => snapshot.Get(Keys.Parameter(call, name), SsmJson.Default.ParameterRecord)) is { } latest ? Show(latest, decrypt, null, call) : null;
        if (!long.TryParse(version, CultureInfo.InvariantCulture, out var number)) throw Errors.Validation("Galley does not support parameter labels.");
        var (exists, record) = await installation.Store.Read(async snapshot => (
            await snapshot.Get(Keys.Parameter(call, name)) is not null,
            await snapshot.Get(Keys.Version(call, name, number), SsmJson.Default.ParameterRecord)));
        return record is not null ? Show(record, decrypt, ":" + version, call) : exists ? throw Errors.ParameterVersionNotFound(name) : null;
    }

    private static (string Name, string? Version) Split(string given)
    {
        if (Arn.TryParse(given, out var arn) && arn.Service == "ssm" && arn.Resource.StartsWith("parameter/", StringComparison.Ordinal))
        {
            var path = arn.Resource["parameter/".Length..];
            given = path.Contains('/', StringComparison.Ordinal) ? "/" + path : path;
        }

        var colon = given.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (given, null) : (given[..colon], given[(colon + 1)..]);
    }

    private async ValueTask<(List<ParameterRecord> Page, string? Next)> Page(Call call, Func<ParameterRecord, bool> wanted, int? asked, int most, string? token)
    {
        if (asked < 1 || asked > most) throw Errors.Validation($"1 validation error detected: Value '{asked}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to {most}");
        var all = (await installation.Store.Read(snapshot => snapshot.List(Keys.Parameters(call), SsmJson.Default.ParameterRecord))).Where(wanted).ToList();
        var from = token is null ? 0 : all.FindIndex(record => string.CompareOrdinal(record.Name, token) > 0);
        if (from < 0) return ([], null);
        var page = all.Skip(from).Take(asked ?? most).ToList();
        return (page, from + page.Count < all.Count ? page[^1].Name : null);
    }

    private static bool Fits(ParameterStringFilter filter, ParameterRecord record)
    {
        var value = filter.Key == "Name" ? record.Name : record.Type;
        return filter.Values is { Count: > 0 } values && values.Any(one => filter.Option switch
        {
            "BeginsWith" => value.StartsWith(one, StringComparison.Ordinal),
            "Contains" => value.Contains(one, StringComparison.Ordinal),
            _ => value == one,
        });
    }

    private Parameter Show(ParameterRecord record, bool? decrypt, string? selector, Call call) => new()
    {
        Name = record.Name,
        Type = record.Type,
        Value = parameters.Show(record, decrypt, call),
        Version = record.Version,
        Selector = selector,
        LastModifiedDate = Seconds(record),
        Arn = SsmService.ArnOf(record.Name, call),
        DataType = record.DataType,
    };

    private static string? KeyOf(ParameterRecord record) => record.Type == "SecureString" ? "alias/aws/ssm" : null;

    private static double Seconds(ParameterRecord record) => record.Modified.ToUnixTimeMilliseconds() / 1000.0;
}
