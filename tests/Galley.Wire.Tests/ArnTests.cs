namespace Galley.Wire.Tests;

public class ArnTests
{
    [Fact]
    public void TryParse_keeps_colons_of_the_resource()
    {
        Assert.True(Arn.TryParse("arn:aws:lambda:eu-west-2:000000000000:function:f:1", out var arn));
        Assert.Equal("function:f:1", arn.Resource);
    }
}
