using Galley.Wire;

namespace Galley.CloudFront.Resources;

/// <summary>`AWS::CloudFront::OriginAccessControl`, `…::CachePolicy`, `…::PublicKey` and the other named configurations.</summary>
internal sealed class SettingResource(SettingKind kind, Settings settings) : IResourceHandler
{
    public string Type => "AWS::CloudFront::" + kind.Name;

    public IReadOnlySet<string> ReplaceOn => new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Of(await settings.Create(Config(request, $"{request.StackId}/{request.LogicalId}/{request.Name}"), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Of(await settings.Update(request.PhysicalId, null, Config(request, (await settings.Current(request.PhysicalId, call)).Config is var old ? Xml.Stored(old).Element("CallerReference")?.Value ?? "" : ""), call));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await settings.Delete(request.PhysicalId, null, call);
        }
        catch (AwsError error) when (error.Code == "NoSuch" + kind.ErrorName)
        {
            // gone already
        }
    }

    private System.Xml.Linq.XElement Config(ResourceRequest request, string reference)
    {
        foreach (var (name, _) in request.Properties)
            if (name != kind.Config.Name)
                throw Errors.NotSupported(name);
        var given = kind.Config.FromJson(request.Properties[kind.Config.Name] ?? throw Errors.Missing(kind.Config.Name), kind.Config.Name);
        if (given.Element("CallerReference") is null && Array.Exists(kind.Config.Members, member => member.Name == "CallerReference")) given.AddFirst(new System.Xml.Linq.XElement("CallerReference", reference));
        return kind.Read(given);
    }

    private static Resource Of(Setting setting) => new(setting.Id, new Dictionary<string, string>
    {
        ["Id"] = setting.Id,
        ["LastModifiedTime"] = Xml.Time(setting.Modified),
        ["CreatedTime"] = Xml.Time(setting.Modified),
        ["S3CanonicalUserId"] = setting.CanonicalUser ?? "",
    });
}
