// A picture that is ready to be drawn, so that nothing flickers.
export async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}
