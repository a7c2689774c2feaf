using Galley.Wire;

namespace Galley.CloudFront.Resources;

/// <summary>`AWS::CloudFront::OriginAccessControl`, `…::CachePolicy`, `…::OriginRequestPolicy`, `…::ResponseHeadersPolicy`.</summary>
internal sealed class SettingResource(SettingKind kind, Settings settings) : IResourceHandler
{
    public string Type => "AWS::CloudFront::" + kind.Name;

    public IReadOnlySet<string> ReplaceOn => new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Of(await settings.Create(Config(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Of(await settings.Update(request.PhysicalId, null, Config(request), call));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await settings.Delete(request.PhysicalId, null, call);
        }
        catch (AwsError error) when (error.Code == "NoSuch" + kind.Name)
        {
            // gone already
        }
    }

    private System.Xml.Linq.XElement Config(ResourceRequest request)
    {
        foreach (var (name, _) in request.Properties)
            if (name != kind.Config.Name)
                throw Errors.NotSupported(name);
        return kind.Read(kind.Config.FromJson(request.Properties[kind.Config.Name] ?? throw Errors.Missing(kind.Config.Name), kind.Config.Name));
    }

    private static Resource Of(Setting setting) => new(setting.Id, new Dictionary<string, string>
    {
        ["Id"] = setting.Id,
        ["LastModifiedTime"] = Xml.Time(setting.Modified),
    });
}
