import { fromNumbers } from "@rdu/tensor";
import { filled, ints, type Sample } from "../operators/sample.ts";

/** The greatest elements of cells of two regions, of which one has these. */
export function pooled(image: number, corner: number): Sample {
  const boxes = [image, 1, 1, corner, 3, 1, corner, 0, 4, 3, 1, 0, 0, 3, 4, 1, 1, 0, 4, 3];
  return {
    op: "MaxRoiPool",
    inputs: [filled("float32", [2, 2, 4, 5], 1), fromNumbers("float32", [4, 5], boxes)],
    attributes: { pooled_shape: ints([2, 2]) },
  };
}
