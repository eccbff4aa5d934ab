import { awsId } from "./account";
import { AwsError } from "./errors";

/** Machine images. Every well-formed id is a registered image until it is deregistered. */
export class Images {
  private readonly deregistered = new Set<string>();
  private latestId = "ami-00000000000000001";
  private publications = 1;

  /** The image that the public parameters of Amazon Linux name. */
  get latest(): { readonly id: string; readonly version: number } {
    return { id: this.latestId, version: this.publications };
  }

  /** Publishes a newer image under the public parameters, and returns its id. */
  publish(): string {
    this.latestId = awsId("ami");
    this.publications++;
    return this.latestId;
  }

  deregister(id: string): void {
    this.deregistered.add(id);
  }

  /**
   * The id of the image that an instance starts from. A reference to a parameter is resolved at each launch.
   *
   * @throws AwsError if the image is deregistered.
   */
  resolve(image: string): string {
    const id = image.startsWith("resolve:ssm:") ? this.latestId : image;
    if (this.deregistered.has(id)) {
      throw new AwsError("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    }
    return id;
  }
}
